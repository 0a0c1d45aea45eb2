import Glibc
import UNet1DSampling

// usage: policy-example POLICY TICKS [PERIOD [DEADLINE [STEPS [PICTURE]]]]; PERIOD and DEADLINE in milliseconds: 100 are 10 times a
// second
// Plans a chunk of actions once in a period, as a robot does: a policy of LeRobot, warm-started from the last plan's end, that
// stops after the step which still fits. What is made before the first tick is all: a plan allocates nothing. Prints a line for
// each tick and a report, and draws them in PICTURE, an SVG; fails if every chunk is late.
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
var times: [(begin: Double, milliseconds: Double, outcome: ActionPolicy.Outcome)] = []
times.reserveCapacity(ticks)
let origin = ContinuousClock.now
var next = origin
for tick in 0..<ticks {
    let start = ContinuousClock.now
    var chunk = actions.mutableSpan
    let outcome = policy(
        observation: observation.span, deadline: start + .milliseconds(deadline), actions: &chunk)
    times.append(((start - origin) / .milliseconds(1), (ContinuousClock.now - start) / .milliseconds(1), outcome))
    // Where the actuators and the sensors of a robot would be.
    for i in observation.indices { observation[i] = 0.9 * observation[i] + 0.1 * actions[i % actions.count] }
    print(
        "tick \(tick): \(times[tick].milliseconds) ms, \(outcome.steps) steps\(outcome.isComplete ? "" : ", cut short")"
    )
    next += .milliseconds(period)
    try await Task.sleep(until: next, clock: .continuous)
}

/// Each tick's plan as a bar with its steps, the periods as a grid, and deadlines as red lines.
@MainActor func timeline() -> String {
    let (scale, left, top) = (680 / (Double(ticks) * period), 20.0, 34.0)
    func x(_ milliseconds: Double) -> Double { left + (10 * scale * milliseconds).rounded() / 10 }
    func line(_ at: Double, _ colour: String) -> String {
        "<line x1='\(x(at))' x2='\(x(at))' y1='\(top)' y2='\(top + 46)' stroke='\(colour)'/>\n"
    }
    var text = """
        <svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 720 110' font-family='sans-serif' font-size='11'>
        <rect width='720' height='110' fill='white'/>
        <text x='20' y='20'>a chunk of actions in \(Int(period)) ms: plans of up to \(steps) steps, deadlines at \(Int(deadline)) ms</text>

        """
    for (tick, plan) in times.enumerated() {
        let begin = Double(tick) * period
        let colour = plan.milliseconds > deadline ? "#d62728" : plan.outcome.isComplete ? "#1f77b4" : "#ff7f0e"
        text += line(begin, "#bbbbbb") + line(begin + deadline, "#d62728")
        let width = x(plan.milliseconds) - left
        text += "<rect x='\(x(plan.begin))' y='\(top + 10)' width='\(width)' height='26' fill='\(colour)'/>\n"
        text += "<text x='\(x(begin) + 2)' y='\(top + 60)'>\(plan.outcome.steps)</text>\n"
    }
    return text + line(Double(ticks) * period, "#bbbbbb") + "</svg>\n"
}

let late = times.count { $0.milliseconds > deadline }
let sorted = times.map(\.milliseconds).sorted()
print(
    "\(ticks) chunks, one in \(period) ms: \(late) after \(deadline) ms, "
        + "\(times.count { !$0.outcome.isComplete }) cut short, \(sorted[ticks / 2]) ms at the median, \(sorted[ticks - 1]) at most"
)
if arguments.count > 6 {
    let file = fopen(arguments[6], "w")
    guard let file, fputs(timeline(), file) >= 0, fclose(file) == 0 else {
        print("error: \(arguments[6]): \(String(cString: strerror(errno))); name a file that can be written")
        exit(2)
    }
}
exit(actions.contains { !$0.isFinite } || late == ticks ? 1 : 0)
