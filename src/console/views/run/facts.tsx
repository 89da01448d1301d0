import { isUndoKey } from "../../../bucket/keys.ts";
import { bytes, count, duration } from "../../../numbers.ts";
import { Command } from "../../parts/command.tsx";
import { Foreign, Moment, Name } from "../../parts/text.tsx";
import { appAddress } from "../../visit.ts";
import type { Opened } from "./opened.ts";

export function Facts({ status, past, key }: Opened) {
  return (
    <section>
      <h2>Facts</h2>
      <dl class="facts">
        <dt>Key</dt>
        <dd>
          <Name text={key} />
        </dd>
        {past && (
          <>
            <dt>Who</dt>
            <dd>
              <Foreign text={past.owner ?? "nobody said"} />
            </dd>
          </>
        )}
        {past?.source && (
          <>
            <dt>From</dt>
            <dd>
              <Foreign text={past.source.name ?? past.source.engine} />
            </dd>
          </>
        )}
        {status.startedAt !== null && (
          <>
            <dt>Begun</dt>
            <dd>
              <Moment ms={status.startedAt} />
            </dd>
          </>
        )}
        {status.startedAt !== null && status.completedAt !== null && (
          <>
            <dt>Took</dt>
            <dd>{duration(status.completedAt - status.startedAt)}</dd>
          </>
        )}
        {status.version !== null && (
          <>
            <dt>Version</dt>
            <dd>
              {count(status.version)}
              <span class="soft">, the number under which it is kept in the history</span>
            </dd>
          </>
        )}
        {status.mode && (
          <>
            <dt>Mode</dt>
            <dd>{status.mode}</dd>
          </>
        )}
        {status.bytes !== null && (
          <>
            <dt>In the bucket</dt>
            <dd>{bytes(status.bytes)}</dd>
          </>
        )}
      </dl>
    </section>
  );
}

export function Commands({ visit, key, past }: Opened) {
  const url = ["--url", appAddress(visit)];
  const over =
    past !== null && (past.phase === "completed" || past.phase === "failed" || past.phase === "refused");
  return (
    <>
      <Command words={["status", key, ...url]} />
      {!over && !isUndoKey(key) && <Command words={["sync", key, ...url]} note="plans, asks and applies" />}
    </>
  );
}
