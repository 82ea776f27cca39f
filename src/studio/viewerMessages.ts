/** A viewer in another thread: its methods as messages, and back. */
import type { Viewer } from '../../machines/viewDesk.ts';
import type { ToViewer } from '../cli/threadMessages.ts';

/** On this side: every call becomes a message. */
export function viewerThrough(tell: (message: ToViewer) => void): Viewer {
  return {
    look: (visitor, view) => tell({ type: 'look', visitor, view }),
    leave: (visitor) => tell({ type: 'leave', visitor }),
    seen: (visitor) => tell({ type: 'seen', visitor }),
    spent: (milliseconds) => tell({ type: 'spent', milliseconds }),
    setShare: (share) => tell({ type: 'share', share }),
  };
}

export function isToViewer(message: { readonly type: string }): message is ToViewer {
  return ['look', 'leave', 'seen', 'spent', 'share'].includes(message.type);
}

/** On the other side: every message becomes a call. */
export function tellViewer(viewer: Viewer, message: ToViewer): void {
  if (message.type === 'look') viewer.look(message.visitor, message.view);
  else if (message.type === 'share') viewer.setShare(message.share);
  else if (message.type === 'spent') viewer.spent(message.milliseconds);
  else if (message.type === 'seen') viewer.seen(message.visitor);
  else viewer.leave(message.visitor);
}
