import Glibc
import UNet1DSampling

// usage: policy-example POLICY TICKS [PERIOD [DEADLINE [STEPS]]]; PERIOD and DEADLINE in milliseconds: 100 are 10 times a second
// Plans a chunk of actions once in a period, as a robot does: a policy of LeRobot, warm-started from the last plan's end, that
// stops after the step which still fits. What is made before the first tick is all: a plan allocates nothing. Prints a line for
// each tick and a report; fails if every chunk is late.
let arguments = CommandLine.arguments
func number(_ index: Int, default value: Double) -> Double {
    arguments.count > index ? Double(arguments[index]) ?? value : value
}
let ticks = Int(number(2, default: 20)), period = number(3, default: 100)
let deadline = number(4, default: 0.8 * period), steps = Int(number(5, default: 10))

let pool = try WorkerPool(workers: Topology.current.usableCores)
var policy = try ActionPolicy(
    folder: arguments[1], pool: pool,
    options: ActionPolicy.Options(steps: steps, noise: .philox(seed: 7), warmStart: 0.6))

var observation = [Float](repeating: 0, count: policy.observationCount)
var actions = [Float](repeating: 0, count: policy.actionCount)
var times: [(milliseconds: Double, outcome: ActionPolicy.Outcome)] = []
times.reserveCapacity(ticks)
var next = ContinuousClock.now
for tick in 0..<ticks {
    let start = ContinuousClock.now
    var chunk = actions.mutableSpan
    let outcome = policy(
        observation: observation.span, deadline: start + .milliseconds(deadline), actions: &chunk)
    times.append(((ContinuousClock.now - start) / .milliseconds(1), outcome))
    // Where the actuators and the sensors of a robot would be.
    for i in observation.indices { observation[i] = 0.9 * observation[i] + 0.1 * actions[i % actions.count] }
    print(
        "tick \(tick): \(times[tick].milliseconds) ms, \(outcome.steps) steps\(outcome.isComplete ? "" : ", cut short")"
    )
    next += .milliseconds(period)
    try await Task.sleep(until: next, clock: .continuous)
}
let late = times.count { $0.milliseconds > deadline }
let sorted = times.map(\.milliseconds).sorted()
print(
    "\(ticks) chunks, one in \(period) ms: \(late) after \(deadline) ms, "
        + "\(times.count { !$0.outcome.isComplete }) cut short, \(sorted[ticks / 2]) ms at the median, \(sorted[ticks - 1]) at most"
)
exit(actions.contains { !$0.isFinite } || late == ticks ? 1 : 0)
