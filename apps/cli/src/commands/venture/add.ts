import type { Command } from "commander";
import { addVenture } from "@holdpoint/db/people";
import { addCommand, option, type Runner } from "../../core/command.ts";
import { ventureText } from "../../format/venture.ts";

interface Options {
  name?: string;
  url?: string;
  repository?: string;
  buildCommand?: string;
  trusted?: boolean;
  allowPrivateAddresses?: boolean;
}

/** `holdpoint venture add` */
export function addVentureAdd(parent: Command, runner: Runner): void {
  addCommand<Options>(parent, runner, {
    usage: "add <key>",
    description: "add a venture; needs an admin of the fleet. The key can never be changed",
    options: [
      option("--name <text>", "what people call it (default: the key)"),
      option("--url <url>", "its address, for health_scan"),
      option("--repository <url>", "its git repository, URL or path, for build"),
      option("--build-command <command>", "what builds it, for build"),
      option("--trusted", "its commands may run where they cannot be isolated"),
      option("--allow-private-addresses", "its checks may reach private addresses"),
    ],
    examples: [
      "venture add acme --name Acme --url https://acme.example",
      "venture add acme --repository https://git.example/acme.git --build-command 'npm ci && npm run build'",
    ],
    async run(context, args, options) {
      const key = args[0] ?? "";
      const added = await addVenture(await context.client(), {
        key,
        name: options.name ?? key,
        ...(options.url === undefined ? {} : { url: options.url }),
        ...(options.repository === undefined ? {} : { repository: options.repository }),
        ...(options.buildCommand === undefined ? {} : { build_command: options.buildCommand }),
        ...(options.trusted ? { trusted: true } : {}),
        ...(options.allowPrivateAddresses ? { allow_private_addresses: true } : {}),
      });
      return { document: added, text: ventureText(added, context) };
    },
  });
}
