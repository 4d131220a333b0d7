export { NotHere as default } from "../../ui/not-here.tsx";
