"""A small door, to be killed: records exchanges, says on standard output what is durable, never stops by itself."""

from __future__ import annotations

import asyncio
import random
import sys
from pathlib import Path

from tests.gateway.log import talk
from wiretell.gateway.log import ProcessRecorder


async def work(folder: Path, seed: int) -> None:
    recorder = ProcessRecorder(talk.settings(folder))
    await recorder.start()
    print(f"writer {recorder.writer_pid}", flush=True)
    await asyncio.gather(*(one(recorder, seed * 100 + number) for number in range(8)))


async def one(recorder: ProcessRecorder, seed: int) -> None:
    chance = random.Random(seed)
    talking = talk.Conversation(seed, start=2000, step=300)
    while True:
        begun = talk.opening(talking.turn(), session=str(seed))
        print(f"begun {begun.row.exchange_id}", flush=True)
        recorder.begin(begun)
        response = talk.stream(chance, 400)
        for at in range(0, len(response), 300):
            recorder.part(begun.row.exchange_id, response[at : at + 300])
            await asyncio.sleep(chance.random() / 500)
        await recorder.end(talk.closing(begun, response))
        print(f"durable {begun.row.exchange_id} {begun.row.request_sha256}", flush=True)


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1]), int(sys.argv[2])))
