import { access, statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { localDataDir } from "../connection/find.ts";
import { check, type Checker } from "./check.ts";

const GIB = 1024 ** 3;

/** Room where data and artifacts lie. */
export const checkDisk: Checker = async (context) => {
  const folder = await nearestFolder(await localDataDir(context));
  const { bavail, bsize } = await statfs(folder);
  const free = (bavail * bsize) / GIB;
  const finding = `${free.toFixed(1)} GiB free in ${folder}.`;
  if (free < 1) return [check("disk", "fail", finding, "Free space: below 1 GiB builds and the database fail.")];
  return [check("disk", free < 5 ? "warn" : "pass", finding, free < 5 ? "Free space before it runs out." : null)];
};

async function nearestFolder(path: string): Promise<string> {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    try {
      await access(folder);
      return folder;
    } catch (error) {
      if (dirname(folder) === folder) throw error;
    }
  }
}
