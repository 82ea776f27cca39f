/** The one screen: head, picture, and the panel that is open. */
import { type Signal, useSignal } from '@preact/signals';
import { CameraPathPanel } from './cameraPath/cameraPathPanel.tsx';
import { ConfigPanel } from './config/configPanel.tsx';
import { Splitter } from './controls/splitter.tsx';
import { type Tab, Tabs } from './controls/tabs.tsx';
import { CurvesPanel } from './curves/curvesPanel.tsx';
import { Head } from './head.tsx';
import { Notices } from './notices.tsx';
import { PicturesPanel } from './pictures/picturesPanel.tsx';
import { RunsPanel } from './runs/runsPanel.tsx';
import { useStudio } from './studio.ts';
import type { Theme } from './theme.ts';
import { TokenForm } from './tokenForm.tsx';
import { LogPanel } from './training/logPanel.tsx';
import { TrainingPanel } from './training/trainingPanel.tsx';
import { ViewPanel } from './view/viewPanel.tsx';

const tabs: readonly Tab[] = [
  { name: 'Training', content: TrainingPanel },
  { name: 'Curves', content: CurvesPanel },
  { name: 'Pictures', content: PicturesPanel },
  { name: 'Path', content: CameraPathPanel },
  { name: 'Runs', content: RunsPanel },
  { name: 'Config', content: ConfigPanel },
  { name: 'Log', content: LogPanel },
];

export function App({ theme }: { readonly theme: Signal<Theme> }) {
  const { store } = useStudio();
  const width = useSignal(420);
  if (store.needsToken.value) return <TokenForm />;
  return (
    <div class="studio" style={{ '--panel-width': `${width.value}px` }}>
      <Head theme={theme} />
      <main class="main">
        <ViewPanel />
      </main>
      <aside class="side" aria-label="Panels">
        <Splitter width={width} least={320} />
        <Tabs tabs={tabs} />
      </aside>
      <Notices />
    </div>
  );
}
