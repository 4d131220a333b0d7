export { setRolePassword, setRolePasswords } from "./role-passwords.ts";
export type { RolePasswords } from "./role-passwords.ts";
