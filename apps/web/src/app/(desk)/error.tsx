"use client";
import { useRouter } from "next/navigation";
import { startTransition } from "react";
import { isConnectionError, useComeBack } from "../../live/come-back.ts";
import { Icon } from "../../ui/icon.tsx";

/** The last resort: a page that could not be drawn. Stop and the places stay where they are. */
export default function DeskError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  const router = useRouter();
  useComeBack(isConnectionError(error));
  const retry = () =>
    startTransition(() => {
      router.refresh();
      reset();
    });
  return (
    <section className="panel" role="alert">
      <header>
        <h2 className="row">
          <Icon name="circle-x" className="red" />
          This page could not be drawn.
        </h2>
      </header>
      <div className="state-msg">
        <p className="t2">Nothing was changed by this. Other pages and Stop still work.</p>
        <p className="note mono">{error.digest ? `request ${error.digest}` : "in this browser"}</p>
        <button type="button" className="btn small" onClick={retry}>
          <Icon name="rotate-ccw" small />
          Retry
        </button>
      </div>
    </section>
  );
}
