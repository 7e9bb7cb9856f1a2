export { testClaudeCredential } from '../shared/agent/credential-test';
