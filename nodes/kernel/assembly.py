"""How the kernel of a node is put together: the one place that knows all its parts.

```
 creation  orders  traps  system calls          what is asked for: by users, by programs
 links  signals  files  output  gate            services
 mail                                           letters to processes, wherever they are
 lifecycle                                      processes from state to state
 processor                                      the CPU and its ready queues
 kernel                                         clock, agenda, outbox, registration
```
Each part is handed those below it that it needs. What comes from below is told by way of the door (`services`), in the order in which
they are made here.
"""

from __future__ import annotations

from typing import NamedTuple

from nodes.kernel.cpu import CpuPool
from nodes.kernel.creation import Creation
from nodes.kernel.file_calls import FileCalls
from nodes.kernel.file_service import FileService
from nodes.kernel.gate import Gate
from nodes.kernel.kernel import Kernel
from nodes.kernel.lifecycle import Lifecycle
from nodes.kernel.link_service import LinkService
from nodes.kernel.mail import MailService
from nodes.kernel.memory_calls import MEMORY_CALLS
from nodes.kernel.orders import OrderService
from nodes.kernel.output import OutputService
from nodes.kernel.processor import Processor
from nodes.kernel.signal_calls import calls_for as signal_calls
from nodes.kernel.signal_delivery import SignalService
from nodes.kernel.system_calls import calls_for as system_calls
from nodes.kernel.thrashing import ThrashingReporter
from nodes.kernel.traps import Traps
from nodes.wire.control import Boot, SetSpeed


class Parts(NamedTuple):
    """The parts of a node's kernel that others have something to do with."""

    kernel: Kernel
    processor: Processor
    lifecycle: Lifecycle
    mail: MailService
    links: LinkService
    signals: SignalService
    orders: OrderService


def assemble(boot: Boot, pool: CpuPool, disk: int | None = None) -> Parts:
    """Put the kernel of a node together; it is up. It owns `disk`, the file of its disk."""
    kernel = Kernel(boot, pool, disk)
    processor = Processor(kernel, boot.parameters)
    lifecycle = Lifecycle(kernel, processor)
    ThrashingReporter(kernel)
    kernel.use(processor)
    gate = Gate(kernel, lifecycle, boot.bandwidth_bps // len(boot.nodes))
    mail = MailService(kernel, boot.migration.redirection, boot.life, boot.nodes)
    links = LinkService(kernel, lifecycle, mail, gate, boot.nodes)
    signals = SignalService(kernel, lifecycle, mail, gate)
    orders = OrderService(kernel, mail, signals)
    files = FileService(kernel, lifecycle, mail, boot.files)
    output = OutputService(kernel)
    processor.traps = Traps(kernel, processor, lifecycle, signals)
    Creation(kernel, lifecycle, lambda boot, pool: assemble(boot, pool).kernel)
    for calls in (MEMORY_CALLS, FileCalls(files, output).table(), signal_calls(signals), system_calls(lifecycle)):
        kernel.calls.add(calls)
    kernel.orders.add({SetSpeed: lambda order: processor.set_speed(order.percent)})
    return Parts(kernel, processor, lifecycle, mail, links, signals, orders)
