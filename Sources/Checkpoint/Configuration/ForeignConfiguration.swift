/// Tells a configuration of another class that is called UNet1DModel, or nothing, in its file.
enum ForeignConfiguration {
    /// The fields that decide the structure. `save_pretrained` writes them all; a file without any is hardly diffusers'.
    private static let structure = ["block_out_channels", "down_block_types", "up_block_types"]

    /// Fields that tell a class, the most telling first.
    private static let signatures: [(field: String, likeness: String)] = [
        ("down_dims", "Diffusion Policy's ConditionalUnet1D"),
        ("diffusion_step_embed_dim", "Diffusion Policy's ConditionalUnet1D"),
        ("global_cond_dim", "Diffusion Policy's ConditionalUnet1D"),
        ("transition_dim", "jannerm/diffuser's TemporalUnet"),
        ("cond_dim", "jannerm/diffuser's TemporalUnet"),
        ("dim_mults", "denoising_diffusion_pytorch's Unet1D"),
        ("channel_mult", "guided_diffusion's UNetModel"),
        ("hidden_size", "a transformer"),
    ]

    /// The reason to give instead of another refusal: nil where the file has a field of `structure`.
    static func refusal(_ json: JSONValue, file: String) -> CheckpointError? {
        guard case .object(let members) = json else { return nil }
        let keys = Set(members.map(\.key).filter { !$0.hasPrefix("_") })
        let unknown = keys.subtracting(UNet1DConfiguration.fieldNames).sorted()
        guard keys.isDisjoint(with: structure), !ConditionalUnet1DConfiguration.describes(json),
            !LeRobotPolicy.describes(json)
        else { return nil }
        let listed = unknown.prefix(4).map(\.quoted) + (unknown.count > 4 ? ["\(unknown.count - 4) more fields"] : [])
        return .anotherClass(
            file: file, unknown: listed, missing: structure,
            likeness: signatures.first { keys.contains($0.field) }?.likeness)
    }
}
