"""The engine in simulated worlds: whatever fails, whenever, each message goes once or is listed.

A failure prints its seed; SIMULATION_SEED=… plays it again, SIMULATION_SEEDS=… plays so many.
"""

import os

from simulation.loop import VirtualLoop
from simulation.world import World

SEEDS = int(os.environ.get("SIMULATION_SEEDS", "1000"))  # noqa: TID251 - to play more
ONE = os.environ.get("SIMULATION_SEED")  # noqa: TID251 - to play a failure again


def live(seed, store):
    """Let one world live; the failure of one names its seed."""
    loop = VirtualLoop()
    try:
        world = World(seed, store)
        loop.run_until_complete(world.run())
        world.check()
    except BaseException as fault:
        fault.add_note(f"SIMULATION_SEED={seed}")
        raise
    finally:
        loop.close()
    return world


def test_in_every_world_each_message_goes_once_or_is_listed(store):
    for seed in [int(ONE)] if ONE else range(SEEDS):
        live(seed, store)
