import Glibc
import UNet1D

// usage: planner-example DENOISER VALUE_FUNCTION TICKS [PERIOD], in milliseconds; 20 are 50 times a second
// Replans once in a period: denoises a few trajectories of (action, state), scores them with the value function, and takes
// the first action of the best. Both sessions share a pool. Once made, a planner allocates nothing. Fails if every plan is late.
struct Planner: ~Copyable {
    static let candidates = 8, horizon = 32, actions = 3
    let channels: Int
    private var denoiser: Session
    private var critic: Session
    private let steps: [(timestep: Timestep, kept: Float, next: Float)]
    private let scored: Timestep
    private let noise: [Float]  // (candidates, channels, horizon), as the next two; values are (candidates, 1)
    private var noisy: [Float], clean: [Float], values: [Float]

    init(denoiser: String, critic: String, pool: WorkerPool) throws {
        let model = try UNet1DModel(directory: denoiser)
        let shape = ForwardShape(batch: Self.candidates, length: Self.horizon)
        let denoiser = try Session(model: model, shape: shape, pool: pool)
        // A value function takes a timestep for each candidate.
        let valued = ForwardShape(batch: Self.candidates, length: Self.horizon, timesteps: Self.candidates)
        let critic = try Session(model: UNet1DModel(directory: critic), shape: valued, pool: pool)
        let scored = try Timestep(Array(repeating: 0, count: Self.candidates))
        self.denoiser = denoiser
        self.critic = critic
        self.scored = scored
        let channels = model.sampleChannels
        self.channels = channels
        // Five steps of a cosine schedule: how much of the signal the noise has left.
        steps = [80, 60, 40, 20, 0].map { (Timestep($0), signalKept($0), signalKept($0 - 20)) }
        noise = (0..<Self.candidates * channels * Self.horizon).map { _ in
            let radius = (-2 * log(Float.random(in: 1e-6...1))).squareRoot()
            return radius * cos(2 * .pi * Float.random(in: 0..<1))
        }
        noisy = noise
        clean = noise
        values = Array(repeating: 0, count: Self.candidates)
    }

    /// The best candidate's first action in a state, written to `action`; its value.
    mutating func plan(from state: Span<Float>, action: inout MutableSpan<Float>) -> Float {
        for i in noise.indices { noisy[i] = noise[i] }
        for step in steps {
            begin(at: state)
            run(&denoiser, noisy, step.timestep, &clean)
            // The model predicts the clean trajectory; go on with less of the noise that this leaves (DDIM).
            let ratio = ((1 - step.next) / (1 - step.kept)).squareRoot()
            for i in noisy.indices {
                let left = noisy[i] - step.kept.squareRoot() * clean[i]
                noisy[i] = step.next.squareRoot() * clean[i] + ratio * left
            }
        }
        begin(at: state)
        run(&critic, noisy, scored, &values)
        var best = 0
        for candidate in 1..<Self.candidates where values[candidate] > values[best] { best = candidate }
        for i in 0..<Self.actions { action[i] = noisy[(best * channels + i) * Self.horizon] }
        return values[best]
    }

    /// Every trajectory begins in the state that was observed.
    private mutating func begin(at state: Span<Float>) {
        for candidate in 0..<Self.candidates {
            for i in state.indices { noisy[(candidate * channels + Self.actions + i) * Self.horizon] = state[i] }
        }
    }
}

/// A forward between arrays that are there already.
func run(_ session: inout Session, _ sample: [Float], _ timestep: Timestep, _ output: inout [Float]) {
    var span = output.mutableSpan
    session.forward(sample: sample.span, timestep: timestep, output: &span)
}

/// ᾱ of the squared cosine schedule at a step of 100; all signal before the first.
func signalKept(_ step: Int) -> Float {
    let angle = (Float(max(step, -1) + 1) / 100 + 0.008) / 1.008 * .pi / 2
    return step < 0 ? 1 : cos(angle) * cos(angle)
}

let arguments = CommandLine.arguments, pool = try WorkerPool(workers: Topology.current.usableCores)
var planner = try Planner(denoiser: arguments[1], critic: arguments[2], pool: pool)
var state = [Float](repeating: 0, count: planner.channels - Planner.actions)
var action = [Float](repeating: 0, count: Planner.actions)
let ticks = Int(arguments[3]) ?? 50, period = arguments.count > 4 ? Double(arguments[4]) ?? 20 : 20
var late = 0, worthless = 0, deadline = ContinuousClock.now
for _ in 0..<ticks {
    deadline += .milliseconds(period)
    var chosen = action.mutableSpan
    let value = planner.plan(from: state.span, action: &chosen)
    if !value.isFinite { worthless += 1 }
    // Where the actuators and the sensors of a robot would be.
    for i in state.indices { state[i] = 0.9 * state[i] + 0.1 * action[i % action.count] }
    if ContinuousClock.now > deadline { (late, deadline) = (late + 1, .now) }
    try await Task.sleep(until: deadline, clock: .continuous)
}
print("\(ticks) plans, one in \(period) ms: \(late) late, \(worthless) without a value; last action \(action)")
exit(worthless == 0 && late < ticks ? 0 : 1)
