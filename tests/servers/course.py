"""What each server goes through, and what is seen of it: start, a second client, killed and started again, killed and started with another stream."""
import dataclasses
import threading
import time

PLAY_S = 12        # of the first play; in its middle a second client comes
SECOND_AT_S = 4
AWAY_S = 6         # longer than the state may take to say so
AGAIN_S = 8        # of the plays after it, beyond the time that they may take to begin
COME_S = 3         # for pictures to come, before that begins; `back_s` of a row where that is longer


@dataclasses.dataclass
class Play:
    """A time in which the server served. Wall times."""
    which: str            # "first" or "then"
    ready_at: float       # it listened
    ended_at: float = 0   # it was killed


class Course:
    """One server on its way. Thread: its own, from begin() to finish(). `error`: why it is not at the end."""

    def __init__(self, server):
        self.server, self.plays, self.error = server, [], ""
        self.second_pictures, self.second_said, self.second_at = 0, "", (0.0, 0.0)
        self.thread = None

    @property
    def name(self):
        return self.server.row["name"]

    def serve(self, which):
        try:
            self.server.start(which)
            self.plays.append(Play(which, self.server.wait_listening()))
        except Exception as error:  # told with the server's name, the others go on
            self.error = f"{type(error).__name__}: {error}"

    def end_play(self):
        self.server.kill()
        self.plays[-1].ended_at = time.time()

    def begin(self):
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def finish(self):
        self.thread.join()

    def _run(self):
        began_at = time.monotonic()
        time.sleep(SECOND_AT_S)
        came_at = time.time()
        self.second_pictures, self.second_said = self.server.second_client()
        self.second_at = (came_at, time.time())
        time.sleep(max(0, began_at + PLAY_S - time.monotonic()))
        self.end_play()
        time.sleep(AWAY_S)
        for which in ("first", "then"):
            self.serve(which)
            if self.error:
                return
            time.sleep(max(COME_S, self.server.row.get("back_s", 0)) + AGAIN_S)
            self.end_play()
