public import CUNet1D
import UNet1D

/// Opens a folder. See unet1d.h.
@c @implementation
public func unet1d_model_open(
    _ directory: UnsafePointer<CChar>?, _ model: UnsafeMutablePointer<OpaquePointer?>?
) -> unet1d_status {
    reporting { try open("directory", directory, OpenOptions(), model) }
}

/// Opens one of several models. See unet1d.h.
@c @implementation
public func unet1d_model_open_as(
    _ name: UnsafePointer<CChar>?, _ options: UnsafePointer<unet1d_open_options>?,
    _ model: UnsafeMutablePointer<OpaquePointer?>?
) -> unet1d_status {
    reporting { try open("name", name, try OpenOptions(options), model) }
}

/// Opens a model and stores its handle. `argument` is the name's own in unet1d.h.
private func open(
    _ argument: String, _ name: UnsafePointer<CChar>?, _ options: OpenOptions,
    _ model: UnsafeMutablePointer<OpaquePointer?>?
) throws {
    guard let name else { throw Failure.argument(argument, found: "NULL", expected: "a folder's path") }
    guard let model else { throw Failure.argument("model", found: "NULL", expected: "where to put the handle") }
    let opened = try UNet1DModel(
        directory: String(cString: name), lookup: options.lookup, sharedWeights: options.sharedWeights)
    model.pointee = try HandleTable.shared.insert(opened, .model)
}

/// Saves a model. See unet1d.h.
@c @implementation
public func unet1d_model_save(
    _ model: OpaquePointer?, _ directory: UnsafePointer<CChar>?, _ options: UnsafePointer<unet1d_save_options>?,
    _ saved: UnsafeMutablePointer<unet1d_saved>?
) -> unet1d_status {
    reporting {
        let model = try HandleTable.shared.object(model, .model, as: UNet1DModel.self)
        guard let directory else { throw Failure.argument("directory", found: "NULL", expected: "a folder's path") }
        let options = try SaveOptions(options)
        // Refused before anything is saved.
        if let saved { try SizedStruct.check(saved, "saved") }
        let path = String(cString: directory)
        let written = try model.save(
            to: path, dtype: options.dtype, maxShardBytes: options.maxShardBytes, variant: options.variant)
        if let saved { try SizedStruct.write(unet1d_saved(written), to: saved, "saved") }
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
