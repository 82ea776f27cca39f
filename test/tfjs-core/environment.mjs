// Puts jasmine's globals where the tensor library's specs look for them, and names the backend that they run on.
import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util.js';
import jasmineCore from 'jasmine-core/lib/jasmine-core/jasmine.js';
import boot from 'jasmine-core/lib/jasmine-core/node_boot.js';

const backendName = process.env.TFJS_BACKEND;
boot(jasmineCore);
setTestEnvs([{ name: backendName, backendName, isDataSync: true }]);
