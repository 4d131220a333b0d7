import type { ReactNode } from "react";
import { webEnvironment } from "../../env.ts";
import { Mark } from "../../ui/brand.tsx";
import { MissingConfig } from "../../ui/missing-config.tsx";

export default function BareLayout({ children }: { children: ReactNode }) {
  const { config, problems } = webEnvironment();
  return (
    <main className="bare">
      <div className="sign">
        <p className="brand">
          <Mark />
          Holdpoint
        </p>
        {config ? children : <MissingConfig problems={problems} />}
      </div>
    </main>
  );
}
