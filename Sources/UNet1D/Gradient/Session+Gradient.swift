import Planning

// Gradients of forwards: the stages that a differentiated plan has after those of the forward.

extension Session {
    /// Runs the forward of the selected shape and its gradient, in one run of the pool, on memory whose counts the caller has
    /// compared with `counts`.
    ///
    /// - Precondition: the plan has a gradient.
    mutating func forwardAndGradient(_ ends: GradientEnds, cotangent: UnsafePointer<Float>) {
        let current = prepared[selected]
        checkCondition()
        latestWhole = nil
        set(current.pointee.bound, ends.sample, ends.timesteps, current.pointee.timesteps, ends.output)
        current.pointee.bound.setEnds(cotangent: cotangent, gradient: ends.gradient)
        run(current.pointee.bound, .both)
    }

    /// Runs the gradient of the latest forward, on memory whose counts the caller has compared with `counts`. It writes over
    /// what the forward kept.
    ///
    /// - Precondition: `canRunGradient`.
    package mutating func gradient(cotangent: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>) {
        precondition(canRunGradient, "a gradient needs a value of the same shape before it, and each value has one")
        latestWhole = nil
        let current = prepared[selected]
        current.pointee.bound.setEnds(cotangent: cotangent, gradient: gradient)
        run(current.pointee.bound, .gradient)
    }

    /// Whether `gradient` can run: the plan has a gradient, and the memory still has what the latest forward kept for it.
    package var canRunGradient: Bool {
        latestWhole == selected && prepared[selected].pointee.bound.hasGradient
    }
}

/// The memory of a caller.
package struct GradientEnds {
    let sample: UnsafePointer<Float>
    let timesteps: UnsafePointer<Double>
    let output: UnsafeMutablePointer<Float>
    let gradient: UnsafeMutablePointer<Float>

    package init(
        sample: UnsafePointer<Float>, timesteps: UnsafePointer<Double>, output: UnsafeMutablePointer<Float>,
        gradient: UnsafeMutablePointer<Float>
    ) {
        self.sample = sample
        self.timesteps = timesteps
        self.output = output
        self.gradient = gradient
    }
}
