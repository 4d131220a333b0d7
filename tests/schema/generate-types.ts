import type { Pool } from "pg";
import { generateTypescript, sortGeneratorMetadata } from "@supabase/postgrest-typegen/generation";
import { introspect } from "@supabase/postgrest-typegen/introspection";

/** The types of schema `public` for `createClient<Database>()`, by the library behind `supabase gen types`. */
export async function generateTypes(pool: Pool): Promise<string> {
  const metadata = await introspect(pool, { includedSchemas: ["public"] });
  return generateTypescript(sortGeneratorMetadata(metadata));
}
