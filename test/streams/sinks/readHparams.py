"""Prints the rows of TensorBoard's HParams table for the runs below a folder, as the plug-in's own server finds them."""
import json
import sys

from google.protobuf.json_format import MessageToDict
from tensorboard import context
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.plugins import base_plugin
from tensorboard.plugins.hparams import api_pb2, backend_context, list_session_groups

folder = sys.argv[1]
runs = EventMultiplexer()
runs.AddRunsFromDirectory(folder)
runs.Reload()
backend = backend_context.Context(
    base_plugin.TBContext(data_provider=MultiplexerDataProvider(runs, folder), logdir=folder)
)
request = context.RequestContext()
metadata = backend.hparams_metadata(request, "")
experiment = backend.experiment_from_metadata(request, "", True, metadata, [])
columns = [api_pb2.ColParams(metric=info.name) for info in experiment.metric_infos]
columns += [api_pb2.ColParams(hparam=info.name) for info in experiment.hparam_infos]
statuses = [api_pb2.STATUS_UNKNOWN, api_pb2.STATUS_SUCCESS, api_pb2.STATUS_FAILURE, api_pb2.STATUS_RUNNING]
query = api_pb2.ListSessionGroupsRequest(
    start_index=0, slice_size=100, col_params=columns, allowed_statuses=statuses, include_metrics=True
)
answer = list_session_groups.Handler(
    request, backend_context=backend, experiment_id="", request=query
).run()
json.dump([MessageToDict(group) for group in answer.session_groups], sys.stdout)
