/** The page of the studio. */
import './withoutEval.ts';
import { render } from 'preact';
import './styles/base.css';
import './styles/layout.css';
import './styles/view.css';
import './styles/panels.css';
import 'uplot/dist/uPlot.min.css';
import { App } from './app.tsx';
import { createPlan, PlanProvider } from './cameraPath/plan.ts';
import { keepAddress } from './keepAddress.ts';
import { createStudio, StudioProvider } from './studio.ts';
import { createTheme } from './theme.ts';

const studio = createStudio();
keepAddress(studio);
render(
  <StudioProvider value={studio}>
    <PlanProvider value={createPlan()}>
      <App theme={createTheme()} />
    </PlanProvider>
  </StudioProvider>,
  document.getElementById('studio')!,
);
