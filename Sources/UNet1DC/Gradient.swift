public import CUNet1D
import UNet1D

/// Plans an output and its gradient. See unet1d.h.
@c @implementation
public func unet1d_gradient_plan(
    _ model: OpaquePointer?, _ shape: UnsafePointer<unet1d_shape>?, _ options: UnsafePointer<unet1d_session_options>?,
    _ info: UnsafeMutablePointer<unet1d_plan_info>?
) -> unet1d_status {
    reporting {
        let model = try HandleTable.shared.object(model, .model, as: UNet1DModel.self)
        let options = try SessionOptions(options)
        let plan = try model.gradientPlan(ForwardShape(shape), options: options.options)
        try SizedStruct.write(unet1d_plan_info(plan), to: info, "info")
    }
}

/// Prepares gradients for shapes. See unet1d.h.
@c @implementation
public func unet1d_gradient_create(
    _ model: OpaquePointer?, _ pool: OpaquePointer?, _ shapes: UnsafePointer<unet1d_shape>?, _ shape_count: Int,
    _ options: UnsafePointer<unet1d_session_options>?, _ gradient: UnsafeMutablePointer<OpaquePointer?>?
) -> unet1d_status {
    SessionCalls<GradientSession>.create(model, pool, shapes, shape_count, options, gradient)
}

/// Ends gradients and their handle. See unet1d.h.
@c @implementation
public func unet1d_gradient_free(_ gradient: OpaquePointer?) -> unet1d_status {
    SessionCalls<GradientSession>.free(gradient)
}

/// Prepares for one more shape. See unet1d.h.
@c @implementation
public func unet1d_gradient_prepare(
    _ gradient: OpaquePointer?, _ shape: UnsafePointer<unet1d_shape>?
) -> unet1d_status {
    SessionCalls<GradientSession>.prepare(gradient, shape)
}

/// Chooses one of the prepared shapes. See unet1d.h.
@c @implementation
public func unet1d_gradient_select(
    _ gradient: OpaquePointer?, _ shape: UnsafePointer<unet1d_shape>?
) -> unet1d_status {
    SessionCalls<GradientSession>.select(gradient, shape)
}

/// The plan of the selected shape. See unet1d.h.
@c @implementation
public func unet1d_gradient_info(
    _ gradient: OpaquePointer?, _ info: UnsafeMutablePointer<unet1d_plan_info>?
) -> unet1d_status {
    SessionCalls<GradientSession>.info(gradient, info)
}

/// An output and its gradient. See unet1d.h.
@c @implementation
public func unet1d_gradient_run(
    _ gradient: OpaquePointer?, _ sample: UnsafePointer<Float>?, _ sample_count: Int,
    _ timestep: UnsafePointer<unet1d_timestep>?, _ cotangent: UnsafePointer<Float>?, _ cotangent_count: Int,
    _ output: UnsafeMutablePointer<Float>?, _ output_count: Int, _ sample_gradient: UnsafeMutablePointer<Float>?,
    _ sample_gradient_count: Int
) -> unet1d_status {
    running(
        gradient, of: GradientSession.self, ForwardEnds(sample, sample_count, timestep, output, output_count)
    ) { session, sample, timesteps, output in
        guard let sample_gradient else {
            return refuse("sample_gradient", "found NULL, expected memory for the gradient")
        }
        guard UInt(bitPattern: sample_gradient) % 4 == 0, UInt(bitPattern: cotangent) % 4 == 0 else {
            return refuse("sample_gradient, cotangent", "found an address that is no multiple of 4, expected floats")
        }
        let counts = session.counts
        guard sample_gradient_count == counts.sample else {
            return refuse("sample_gradient_count", found: sample_gradient_count, expected: counts.sample)
        }
        let expected = cotangent == nil ? 0 : counts.output
        guard cotangent_count == expected else {
            return refuse("cotangent_count", found: cotangent_count, expected: expected)
        }
        session.run(
            GradientEnds(sample: sample, timesteps: timesteps, output: output, gradient: sample_gradient),
            cotangent: cotangent)
        return UNET1D_OK
    }
}
