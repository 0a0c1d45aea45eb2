import CUNet1DSystem
import Glibc
import Workers

// What waiting costs: waking a parked worker, beside a bare futex; handing work to a spinning one and back.

let rounds = 20_000

/// Ends the program with a line on standard error.
func stop(_ message: String, status: Int32) -> Never {
    let line = Array("Waiting: \(message)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
    exit(status)
}

// Read before this thread is bound: it is the mask that counts.
guard Topology.current.cores.count > 1 else { stop("needs two cores", status: 2) }

do {
    let wake = try WakeBenchmark()
    let handOff = try HandOffBenchmark()
    let (worker, futex, half) = wake.run(rounds / 4)
    let handedOff = handOff.run(rounds * 5)
    print(
        """
        | what, ns | samples | p10 | p50 | p90 | p99 |
        | --- | ---: | ---: | ---: | ---: | ---: |
        \(futex.row("a bare futex wakes a thread"))
        \(half.row("half of the futex ping-pong"))
        \(worker.row("a run wakes a parked worker"))
        \(handedOff.row("a parallel-for to a spinning worker and back"))

        """)
    for (samples, wanted) in [(worker, rounds / 4), (futex, rounds / 4), (handedOff, rounds * 5)]
    where samples.count < wanted * 9 / 10 {
        stop("\(samples.count) of \(wanted) rounds were timed; run it on an idle machine", status: 2)
    }
    let ratio = Double(worker.percentile(50)) / Double(max(1, futex.percentile(50)))
    let verdicts = [
        ("waking a worker, at most 1.3 times the futex, p50", String(ratio), ratio <= 1.3),
        (
            "to a spinning worker and back, below 400 ns, p10", "\(handedOff.percentile(10)) ns",
            handedOff.percentile(10) < 400
        ),
    ]
    for (asked, found, isMet) in verdicts { print("\(isMet ? "met" : "MISSED")  \(asked): \(found)") }
    exit(verdicts.allSatisfy(\.2) ? 0 : 1)
} catch {
    stop("\(error)", status: 2)
}
