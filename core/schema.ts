/** The one place that imports zod, so that its version is one decision. n8n pins zod 3 for its nodes. */
export { z } from 'zod';
