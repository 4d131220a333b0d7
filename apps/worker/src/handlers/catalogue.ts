import type { TypeAnnouncement } from "@holdpoint/db/runtime";
import { toAnnouncement } from "@holdpoint/sdk";
import type { JobDefinition } from "@holdpoint/sdk";

export interface CataloguedType {
  readonly definition: JobDefinition;
  readonly announcement: TypeAnnouncement;
  /** Where it comes from, for error messages. */
  readonly source: string;
}

/** The job types that this process can run, by name. A name is defined once. */
export class Catalogue {
  readonly #types = new Map<string, CataloguedType>();

  /** Adds a type. Throws, naming both places, when the name is taken. */
  add(definition: JobDefinition, source: string, codeHash?: string): void {
    const taken = this.#types.get(definition.name);
    if (taken !== undefined) throw new Error(`job type ${definition.name} is defined in ${taken.source} already`);
    const announcement = toAnnouncement(definition, codeHash);
    this.#types.set(definition.name, {
      definition,
      announcement: { ...announcement, effect_kinds: [...announcement.effect_kinds] },
      source,
    });
  }

  get(name: string): CataloguedType | undefined {
    return this.#types.get(name);
  }

  get announcements(): TypeAnnouncement[] {
    return [...this.#types.values()].map((type) => type.announcement);
  }

  /** The shortest lease that any of the types asks for; null: none asks. */
  get shortestLeaseMs(): number | null {
    const leases = [...this.#types.values()].flatMap((type) => type.definition.leaseMs ?? []);
    return leases.length === 0 ? null : Math.min(...leases);
  }
}
