// Which way imports may point. Layers: src (domain) <- streams <- machines <- { src/index.ts, src/cli, src/studio, src/fleet }.

/** The files that wire the layers together. */
const wiring = '^src/(index\\.ts$|cli/|studio/|fleet/)';

/**
 * Where Node.js is: what reads and writes files, starts threads and processes, decodes images, or wires the parts that do. All else is
 * mathematics, streams and machine, and is to run wherever JavaScript does. A file that no longer needs the platform leaves this list.
 */
const platform = [
  '^src/(index|simd|builtUrl|freeMemory|loadKind|v8Flags)\\.ts$',
  '^src/(cli|process|runFolder)/',
  '^src/fleet/(?!(runJob|runNames|asha)\\.ts$)',
  '^src/studio/(?!(protocol|fleetProtocol|rateMeter)\\.ts$|page/)',
  '^src/render/(?!cameraPaths.ts$)',
  '^src/checkpoint/(checkpoint(Files|Pins|Report|Store)|retainedCheckpoints|safetensors|save(Thread|Worker)|snapshot|writeCheckpoint)\\.ts$',
  '^src/config/(loadConfig|namedFiles|packageRoot|parseAssignments|presets|readConfigFile)\\.ts$',
  '^src/data/(downscaleScene|images|load(Mask|Photos)|photoStore|readDataFile|scratchFile|writePng|demo/(writeDemoScene|renderDemoPictures|demoPicturesWorker))\\.ts$',
  '^src/data/dataparsers/(?!dataparser(Kinds)?\\.ts$)',
  '^src/export/(writeExport|cameras/(encodeColmapText|writeCameras))\\.ts$',
  '^src/kernels/(createKernelPool|kernelWorker|loadKernelModule|wideVectors)\\.ts$',
  '^src/pipeline/(create(Nerf|Splat)?Pipeline|loadScene)\\.ts$',
  '^src/models/(instantNgp/instantNgpOn|splat/(files/sog|readStartSplats))\\.ts$',
  '^src/tensors/(create(Simd)?Engine|native/.*|simd/startAllCores)(\\.ts)?$',
  '^streams/(index\\.ts$|sinks/)',
  '^machines/(index|configuredSinks|evaluateRun|loadWeights|openRun|startInFolder)\\.ts$',
];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one idea, or one too many.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'core-imports-nothing-of-node',
      comment: 'Files, workers, images and processes come in from where Node.js is (the list `platform`).',
      severity: 'error',
      from: { path: '^(src|streams|machines)/', pathNot: platform },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'core-knows-no-platform',
      comment:
        'Loaded late, by import(), a default may come from there: it stands in for what nobody brought.',
      severity: 'error',
      from: { path: '^(src|streams|machines)/', pathNot: platform },
      to: {
        path: ['^node_modules/sharp/', ...platform],
        dynamic: false,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'domain-below-streams',
      comment: 'The mathematics knows nothing of streams and machines.',
      severity: 'error',
      from: { path: '^src/', pathNot: wiring },
      to: { path: '^(streams|machines)/' },
    },
    {
      name: 'streams-below-machines',
      severity: 'error',
      from: { path: '^streams/' },
      to: { path: `^machines/|${wiring}` },
    },
    {
      name: 'machines-below-wiring',
      severity: 'error',
      from: { path: '^machines/' },
      to: { path: wiring },
    },
    {
      name: 'domain-not-to-cli',
      severity: 'error',
      from: { path: '^src/', pathNot: wiring },
      to: { path: wiring },
    },
    {
      name: 'no-rxjs-below-streams',
      severity: 'error',
      from: { path: '^src/', pathNot: wiring },
      to: { path: '^node_modules/rxjs/' },
    },
    {
      name: 'xstate-only-in-machines',
      severity: 'error',
      from: { path: '^(src|streams)/', pathNot: wiring },
      to: { path: '^node_modules/xstate/' },
    },
    {
      name: 'tensor-library-in-one-place',
      comment: 'Everything else imports src/tensors/tf.ts; the folder src/tensors may import backends.',
      severity: 'error',
      from: { pathNot: '^src/tensors/' },
      to: { path: '^node_modules/@tensorflow/' },
    },
    {
      name: 'tensor-core-in-one-file',
      severity: 'error',
      from: { path: '^src/tensors/', pathNot: '^src/tensors/tf\\.ts$' },
      to: { path: '^node_modules/@tensorflow/tfjs-core/' },
    },
    {
      name: 'no-tensor-library-above-the-domain',
      comment:
        'Streams and machines speak to the engine (src/tensors/engine.ts): its tensors may be of any kind.',
      severity: 'error',
      from: { path: '^(streams|machines)/' },
      to: { path: '^src/tensors/tf\\.ts$|^node_modules/@tensorflow/' },
    },
    {
      name: 'no-kernels-above-engines-and-models',
      comment: 'Kernels belong to an engine; what is not made for one kind of engine asks the engine.',
      severity: 'error',
      from: { path: '^(streams|machines|src/(optimizers|schedulers|pipeline|checkpoint|data))/' },
      to: { path: '^src/kernels/' },
    },
    {
      name: 'an-engine-of-ones-own-needs-nothing-of-ours',
      comment:
        'What the port of the engine asks for can be done without kernels and without the tensor library.',
      severity: 'error',
      from: { path: '^test/support/arrayEngine\\.ts$' },
      to: { path: '^src/kernels/|^src/tensors/tf\\.ts$|^node_modules/@tensorflow/', reachable: true },
    },
    {
      name: 'msgpackr-only-in-codec',
      comment: 'It corrupts typed arrays silently with the wrong options: one file holds the right ones.',
      severity: 'error',
      from: { pathNot: '^src/checkpoint/codec\\.ts$' },
      to: { path: '^node_modules/msgpackr/' },
    },
    {
      name: 'pino-only-on-the-command-line',
      comment: 'The library takes a log (src/log.ts); the command line brings one.',
      severity: 'error',
      from: { pathNot: '^src/cli/' },
      to: { path: '^node_modules/pino' },
    },
    {
      name: 'page-imports-no-server',
      comment:
        'The page of the studio speaks the protocol; all else that it takes of the studio would be Node.js.',
      severity: 'error',
      from: { path: '^src/studio/page/' },
      to: { path: '^src/studio/(?!page/|(protocol|fleetProtocol)\\.ts$)' },
    },
    {
      name: 'nothing-imports-the-page',
      comment: 'Vite bundles it; it runs in browsers only.',
      severity: 'error',
      from: { path: '^(src|streams|machines)/', pathNot: '^src/studio/page/' },
      to: { path: '^src/studio/page/' },
    },
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      from: { pathNot: '^test/' },
      to: { path: '^test/' },
    },
    {
      name: 'no-development-dependencies',
      comment:
        'Optional peers are developed with, too; what needs one says so where it is missing. Four files are built with what they re-export in them, and so is the page.',
      severity: 'error',
      from: {
        path: '^(src|streams|machines)/',
        pathNot:
          '^src/studio/(webLibraries\\.ts$|page/)|^src/fleet/queue/(queueLibraries|redisLibrary)\\.ts$|^streams/sinks/protobufWire\\.ts$',
      },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm-peer'] },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
