import { cookies } from "next/headers";
import Link from "next/link";
import type { ReactNode } from "react";
import { webEnvironment } from "../../env.ts";
import { readNextAction } from "../../features/now/next-action.ts";
import { currentOperator, roleIn } from "../../features/session/queries.ts";
import { AccountLines } from "../../features/shell/account.tsx";
import { ModeLabel } from "../../features/shell/mode-label.tsx";
import { PlaceLinks, TabBar } from "../../features/shell/nav.tsx";
import { NextLine } from "../../features/shell/next-line.tsx";
import { readFacts, readMode } from "../../features/shell/queries.ts";
import { Shortcuts } from "../../features/shell/shortcuts.tsx";
import { StopButton } from "../../features/stops/stop-button.tsx";
import { ClockProvider } from "../../live/clock.tsx";
import { CutBanner, Fresh } from "../../live/fresh.tsx";
import { Live } from "../../live/live.tsx";
import { feedCursor } from "../../server/feed.ts";
import { Mark } from "../../ui/brand.tsx";
import { upTo } from "../../ui/format.ts";
import { MissingConfig } from "../../ui/missing-config.tsx";

export default async function DeskLayout({ children }: { children: ReactNode }) {
  const { config, problems } = webEnvironment();
  if (!config) return <Unconfigured problems={problems} />;
  // Before everything else: what happens while the page is read is told again by the stream.
  const cursor = await feedCursor();
  const drawnAt = Date.now();
  const [operator, mode, facts, jar, next] = await Promise.all([
    currentOperator(),
    readMode(),
    readFacts(),
    cookies(),
    readNextAction(),
  ]);
  const me = operator.ok ? operator.data : null;
  const theme = jar.get("hp-theme")?.value;
  const held = facts.ok && facts.data.counts.held > 0 ? upTo(facts.data.counts.held) : null;
  const streaming = config.feedUrl !== null;
  return (
    <ClockProvider serverNow={drawnAt}>
      <div className="app">
        <a className="skip btn" href="#main">
          Skip to content
        </a>
        <nav className="rail" aria-label="Places">
          <Link className="brand" href="/" prefetch={false}>
            <Mark />
            Holdpoint
          </Link>
          <PlaceLinks waiting={held} />
          <div className="foot">
            <AccountLines operator={me} theme={theme === "light" || theme === "dark" ? theme : null} />
          </div>
        </nav>
        <header className="top">
          <ModeLabel mode={mode} />
          <Fresh drawnAt={drawnAt} configured={streaming} />
          {next ? <NextLine action={next} /> : null}
          <span className="end" />
          <StopButton
            stops={mode.stops}
            role={roleIn(me, "fleet")}
            liveWorkers={mode.liveWorkers}
            running={facts.ok ? upTo(facts.data.counts.running) : null}
          />
        </header>
        <div className="view">
          <CutBanner />
          <main className="main" id="main">
            {children}
          </main>
        </div>
        <TabBar waiting={held} />
        <Shortcuts />
        <Live cursor={cursor} configured={streaming} />
      </div>
    </ClockProvider>
  );
}

function Unconfigured({ problems }: { problems: Parameters<typeof MissingConfig>[0]["problems"] }) {
  return (
    <main className="bare" id="main">
      <div className="sign">
        <p className="brand">
          <Mark />
          Holdpoint
        </p>
        <MissingConfig problems={problems} />
      </div>
    </main>
  );
}
