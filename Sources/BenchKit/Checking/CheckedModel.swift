import Checkpoint
import KernelChecks
import KernelDispatch
import Planning
import UNet1D

/// A compiled-in workload, whose forwards several checks run.
final class CheckedModel {
    let name: String
    let model: UNet1DModel
    let shape: ForwardShape
    /// The workload's own.
    let sample: [Float]
    let timestep: Timestep
    private var expected: [Float]?

    /// - Parameter batch: nil: the profile's.
    /// - Throws: what making the model throws.
    init(_ name: String, batch: Int? = nil) throws(BenchError) {
        var settings = Settings()
        settings.batch = batch
        // No folders: a file of the same name may hold another workload.
        let work = try Workload(profile: name, model: nil, flags: settings, library: ProfileLibrary(folders: []))
        self.name = name
        model = try work.model.load()
        let plan = try work.plan(model, options: Session.Options())
        shape = plan.shape
        sample = work.sample(plan)
        timestep = try work.timestep(plan)
    }

    /// A planner, a value function, and the three-level layout of Dance Diffusion with attention.
    static func all() throws(BenchError) -> [CheckedModel] {
        [
            try CheckedModel("hopper-h32-b1"), try CheckedModel("value-h32-b1"), try CheckedModel("small-512-b1"),
        ]
    }

    /// Numbers of workers whose bits are compared: one, two, three, and one on each usable core.
    static func workerCounts(usable: Int) -> [Int] {
        Set([1, 2, 3, min(usable, Compute.maximumThreads)]).sorted()
    }

    /// The output on the reference's kernels, which compute in Double; computed once.
    func reference(_ pool: WorkerPool) throws(BenchError) -> [Float] {
        if let expected { return expected }
        let found = try output(.reference, .strict, pool)
        expected = found
        return found
    }

    /// A forward's output, on a session of its own.
    ///
    /// - Parameter sample: nil: the workload's.
    func output(
        _ implementation: Implementation, _ accuracy: Accuracy, _ pool: WorkerPool, sample: [Float]? = nil
    ) throws(BenchError) -> [Float] {
        let plan: Plan
        do throws(PlanningError) {
            plan = try Plan(network: model.network, shape: shape, implementation: implementation, accuracy: accuracy)
        } catch { throw .library(.planning(error)) }
        var session = try library { () throws(UNet1DError) in try Session(model: model, plan: plan, pool: pool) }
        let sample = sample ?? self.sample
        var output = [Float](repeating: 0, count: plan.outputCount)
        var span = output.mutableSpan
        session.forward(sample: sample.span, timestep: timestep, output: &span)
        return output
    }
}

extension WorkerPool {
    /// A pool with the default way of waiting.
    static func ofWorkers(_ workers: Int, spinning: Bool = false) throws(BenchError) -> WorkerPool {
        var options = WorkerPool.Options()
        if spinning { options.spinNanoseconds = .max }
        do throws(WorkerPoolError) {
            return try WorkerPool(workers: workers, options: options)
        } catch { throw .library(.workers(error)) }
    }
}
