import Glibc
import UNet1DSampling

// usage: planner-example UNET VALUE_FUNCTION TICKS [PERIOD [CANDIDATES [STEPS]]]; PERIOD in milliseconds, 20 are 50 times a second
// Plans anew once in a period, as diffusers' ValueGuidedRLPipeline does: it denoises candidates of (action, state), moves them
// along the gradient of the value function, and takes the first action of the best. Both models share a pool. What is made
// before the first tick is all: a plan allocates nothing. Fails if every plan is late.
let arguments = CommandLine.arguments
func number(_ index: Int, default value: Double) -> Double {
    arguments.count > index ? Double(arguments[index]) ?? value : value
}
let ticks = Int(number(3, default: 50)), period = number(4, default: 20)
let candidates = Int(number(5, default: 8)), steps = Int(number(6, default: 5))
let horizon = 32, actions = 3

let pool = try WorkerPool(workers: Topology.current.usableCores)
let plans = ForwardShape(batch: candidates, length: horizon)
// A value function takes a timestep for each candidate.
let valued = ForwardShape(batch: candidates, length: horizon, timesteps: candidates)
let unet = try UNet1DModel(directory: arguments[1]), value = try UNet1DModel(directory: arguments[2])
// Here go the dataset's means and deviations, for instance from a file: PlanScaling(contentsOf:). Nothing is scaled here.
let scaling = PlanScaling(observations: .none, actions: .none)
let scheduler = DDPMScheduler(
    training: TrainingNoise(timesteps: 100, betas: .squaredCosine), prediction: .sample, limit: .none,
    variance: .fixedSmallLog)
var planner = try GuidedPlanner(
    planner: Session(model: unet, shape: plans, pool: pool),
    value: GradientSession(model: value, shape: valued, pool: pool), scheduler: scheduler, steps: steps,
    actions: actions,
    options: GuidedPlanner.Options(noise: .philox(seed: 7), scaling: scaling))

var state = [Float](repeating: 0, count: planner.observationCount)
var action = [Float](repeating: 0, count: planner.actionCount)
var times: [Duration] = []
times.reserveCapacity(ticks)
var late = 0, deadline = ContinuousClock.now
for _ in 0..<ticks {
    let start = ContinuousClock.now
    deadline += .milliseconds(period)
    var chosen = action.mutableSpan
    planner(observation: state.span, action: &chosen)
    times.append(ContinuousClock.now - start)
    // Where the actuators and the sensors of a robot would be.
    for i in state.indices { state[i] = 0.9 * state[i] + 0.1 * action[i % actions] }
    if ContinuousClock.now > deadline { (late, deadline) = (late + 1, .now) }
    try await Task.sleep(until: deadline, clock: .continuous)
}
times.sort()
let isFinite = action.allSatisfy(\.isFinite)
print("\(ticks) plans, one in \(period) ms: \(late) late, \(times[ticks / 2] / .milliseconds(1)) ms at the median")
print("the last action is \(action)")
exit(isFinite && late < ticks ? 0 : 1)
