import CUNet1D
import UNet1DSampling

/// Options of a planner, and of its sessions.
struct PlannerOptions {
    let options: GuidedPlanner.Options
    let session: Session.Options

    /// - Parameters:
    ///   - observations: floats of an observation.
    ///   - actions: floats of an action.
    init(
        _ pointer: UnsafePointer<unet1d_planner_options>?, observations: Int, actions: Int
    ) throws(Failure) {
        let asked = try SizedStruct.read(pointer, "options", zero: unet1d_planner_options())
        try Failure.check("options.reserved", asked.reserved, has: 0)
        try Failure.check(
            "options.flags", asked.flags, has: UInt32(UNET1D_PLANNER_WITHOUT_VARIANCE | UNET1D_PLANNER_SCALE_ZERO))
        let isZero = Int(asked.flags) & UNET1D_PLANNER_SCALE_ZERO != 0
        guard !isZero || asked.scale == 0 else {
            throw .argument(
                "options.scale", found: "\(asked.scale)", expected: "0, as the flags say UNET1D_PLANNER_SCALE_ZERO")
        }
        let scaling = PlanScaling(
            observations: try .init(
                "options.observation", asked.observation_means, asked.observation_deviations, observations),
            actions: try .init("options.action", asked.action_means, asked.action_deviations, actions))
        let defaults = GuidedPlanner.Options()
        options = GuidedPlanner.Options(
            guidanceSteps: asked.guidance_steps == 0 ? defaults.guidanceSteps : Int(asked.guidance_steps),
            scale: asked.scale == 0 && !isZero ? defaults.scale : asked.scale,
            scalesByVariance: Int(asked.flags) & UNET1D_PLANNER_WITHOUT_VARIANCE == 0,
            leastGuidedTimestep: asked.least_guided_timestep == 0
                ? defaults.leastGuidedTimestep : asked.least_guided_timestep,
            noise: try NoiseSource(asked.noise), scaling: scaling)
        let sessions = try SessionOptions(asked.session)
        guard sessions.arena == nil else {
            throw .argument("options.session.arena", found: "memory", expected: "NULL: a planner has two sessions")
        }
        session = sessions.options
    }
}

extension PlanScaling.Statistics {
    /// What C says of `count` dimensions; it is copied.
    fileprivate init(
        _ name: String, _ means: UnsafePointer<Float>?, _ deviations: UnsafePointer<Float>?, _ count: Int
    ) throws(Failure) {
        self = .none
        if means != nil { mean = try list("\(name)_means", means, count).map { $0.map(Double.init) } ?? mean }
        if deviations != nil {
            deviation = try list("\(name)_deviations", deviations, count).map { $0.map(Double.init) } ?? deviation
        }
    }
}
