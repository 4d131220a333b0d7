export type { AuthAdmin } from "./auth-admin.ts";
export { emailTaken, hostedAuthAdmin, unknownUser } from "./hosted.ts";
export type { HostedAuthAdminOptions } from "./hosted.ts";
