"""compute DIRECTORY: five threads, each with a generator of its own, until DIRECTORY/enough is there.

Prints a line a thread: its number, how many steps it has made, where its generator stands, and the sum of the last
65536 places, all modulo 2**64.
"""
import os
import sys
import threading

MASK = (1 << 64) - 1
enough = os.path.join(sys.argv[1], "enough")
results = {}


def compute(seed):
    x, steps, places = seed, 0, [0] * 65536
    while steps % 1000 or not os.path.exists(enough):
        x = (x * 6364136223846793005 + 1442695040888963407) & MASK
        places[steps % 65536] = x
        steps += 1
        if steps == 1000:
            open(os.path.join(sys.argv[1], f"ready{seed}"), "w").close()
    results[seed] = f"{seed} {steps} {x} {sum(places) & MASK}"


threads = [threading.Thread(target=compute, args=(seed,)) for seed in range(5)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for seed in sorted(results):
    print(results[seed])
