public import CUNet1D
import UNet1D

/// Opens a folder. See unet1d.h.
@c @implementation
public func unet1d_model_open(
    _ directory: UnsafePointer<CChar>?, _ model: UnsafeMutablePointer<OpaquePointer?>?
) -> unet1d_status {
    reporting {
        guard let directory else { throw Failure.argument("directory", found: "NULL", expected: "a folder's path") }
        guard let model else { throw Failure.argument("model", found: "NULL", expected: "where to put the handle") }
        let opened = try UNet1DModel(directory: String(cString: directory))
        model.pointee = try HandleTable.shared.insert(opened, .model)
    }
}

/// Ends a model's handle. See unet1d.h.
@c @implementation
public func unet1d_model_free(_ model: OpaquePointer?) -> unet1d_status {
    reporting { try HandleTable.shared.release(model, .model, as: UNet1DModel.self) }
}

/// Plans without making a session. See unet1d.h.
@c @implementation
public func unet1d_model_plan(
    _ model: OpaquePointer?, _ shape: UnsafePointer<unet1d_shape>?, _ options: UnsafePointer<unet1d_session_options>?,
    _ info: UnsafeMutablePointer<unet1d_plan_info>?
) -> unet1d_status {
    reporting {
        let model = try HandleTable.shared.object(model, .model, as: UNet1DModel.self)
        let options = try SessionOptions(options)
        let plan = try model.plan(ForwardShape(shape), options: options.options)
        try SizedStruct.write(unet1d_plan_info(plan), to: info, "info")
    }
}
