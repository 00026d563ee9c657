"""The store of events that wait for the gateway: on disk, so that they outlive the process, else in memory.

The sender uses `spool.py`. Journals are sent oldest first: those adopted from dead processes, its own,
and one in memory that is used only while the disk refuses. A journal is a directory of segments; a segment is a file of
NDJSON, exactly as it goes over the wire.

The spool promises:

- An event is written before it is sent, and its file is emptied or removed only once the gateway has answered for it.
  If the process is killed in between, the event is sent again under the same event id.
- A written event survives the death of the process (it is in the kernel's cache). It survives the death of the machine
  once it is synced: at most a second after the gateway became unreachable, and when a spool is left behind at exit.
- Over the bound the oldest metric events go first. Lifecycle events are never dropped.
- One process sends a journal: the one that holds its lock. The lock dies with its holder.
"""
