"""kill -9 of the responder at any moment of its work."""

import signal
import time

from lab import wait_for
from setting import Admin
from tap import case, equal, holds, measured
from traffic import Traffic, ledger_of


def kill_at_random(lab, traffic, kills):
    """The times until it was healthy again."""
    times = []
    for _ in range(kills):
        before = len(traffic.done)
        wait_for(lambda: len(traffic.done) > before + 3, "traffic", 60)
        time.sleep(lab.random.uniform(0, 0.15))
        lab.kill_responder(signal.SIGKILL)
        began = time.monotonic()
        lab.restart_responder()
        times.append(time.monotonic() - began)
    return times


@case("kill -9 at random moments: each answer is on record once")
def _(lab):
    kills = 1000 if lab.long else 15
    key = lab.admin.key("killed")
    with Traffic(lab, key["apiKey"], clients=6) as traffic:
        times = kill_at_random(lab, traffic, kills)
    lab.admin = admin = Admin(lab)
    rows = ledger_of(admin, key["id"])
    equal([i for i in traffic.done if i not in rows], [], "lost")
    equal([i for i, same in rows.items() if len(same) != 1], [], "doubled")
    equal([i for i, tokens in traffic.done.items()
           if rows[i][0]["outputTokens"] != tokens], [], "wrong tokens")
    total = admin.good("GET", f"/admin/api-keys/{key['id']}"
                       )["data"]["usage"]["total"]
    every = [row for same in rows.values() for row in same]
    equal(total["requests"], len(every), "counted")
    equal(total["outputTokens"], sum(r["outputTokens"] for r in every),
          "tokens counted")
    holds(max(times) < 5, f"healthy again after {max(times):.1f} s")
    broken = sum(row["outcome"] == "interrupted" for row in every)
    times.sort()
    measured(f"{kills} kills: {len(traffic.done)} answers, 0 lost, 0 doubled, "
             f"{broken} interrupted; healthy again after "
             f"{times[len(times) // 2]:.2f} s (median), {times[-1]:.2f} s")
