export { createOperator } from "./create-operator.ts";
export type { NewOperator, OperatorRole } from "./create-operator.ts";
export { generatePassword, generateSecret } from "./generate-password.ts";
export { setRolePassword, setRolePasswords } from "./role-passwords.ts";
export type { RolePasswords } from "./role-passwords.ts";
