/** zod would try whether it may make functions of text, which the page's policy forbids and reports. Imported before any schema is made. */
import { config } from 'zod';

config({ jitless: true });
