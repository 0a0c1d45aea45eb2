extension JSONReport {
    /// Schema `unet1d-plan/1`.
    public func text(_ plan: PlanReport) -> String {
        JSONText.object([
            ("schema", .string("unet1d-plan/1")),
            ("plan_id", .string(plan.planID)),
            ("profile", .optional(plan.profile)),
            ("model", .optional(plan.model)),
            ("parameters", .integer(plan.parameters)),
            ("sample_shape", .array(plan.sampleShape.map { .integer($0) })),
            ("timesteps", .integer(plan.timesteps)),
            ("output_shape", .array(plan.outputShape.map { .integer($0) })),
            ("threads", .integer(plan.threads)),
            ("isa", .string(plan.isa)),
            ("machine", .string(plan.machine)),
            ("numa", .string(plan.numa)),
            ("accuracy", .string(plan.accuracy)),
            (
                "rounding",
                .object([
                    ("error", .number(plan.rounding.error)),
                    ("direct", .number(plan.rounding.direct)),
                    ("fastest", .number(plan.rounding.fastest)),
                    ("budget", .optional(plan.rounding.budget)),
                    ("lowered", .integer(plan.rounding.lowered)),
                    ("convolutions", .integer(plan.rounding.convolutions)),
                ])
            ),
            ("precision", .string(plan.precision)),
            ("weights_bytes", .integer(plan.weightsBytes)),
            ("arena_bytes", .integer(plan.arenaBytes)),
            ("arena_lower_bound_bytes", .integer(plan.arenaLowerBoundBytes)),
            ("scratch_bytes_per_worker", .integer(plan.scratchBytesPerWorker)),
            ("scratch_bytes", .integer(plan.scratchBytesPerWorker * plan.threads)),
            (
                "locality",
                .object([
                    ("nodes", .array(plan.locality.nodes.map { .integer($0) })),
                    ("worker_nodes", .array(plan.locality.workerNodes.map { .integer($0) })),
                    ("bytes", .number(plan.locality.bytes.rounded())),
                    ("local_share", .object(plan.locality.shares.map { ($0.policy, .number($0.local)) })),
                    ("arena_bytes", .array(plan.locality.arenaBytes.map { .integer($0) })),
                ])
            ),
            ("stages", .integer(plan.stages)),
            ("multiply_adds", .integer(plan.multiplyAdds)),
            ("products", .integer(plan.products)),
            ("notes", .array(plan.notes.map { .string($0) })),
            (
                "operations",
                .array(
                    plan.operations.map { row in
                        .object([
                            ("stage", .integer(row.stage)),
                            ("name", .string(row.name)),
                            ("kind", .string(row.kind)),
                            ("input_shape", .array(row.inputShape.map { .integer($0) })),
                            ("shape", .array(row.shape.map { .integer($0) })),
                            ("tiles", .integer(row.tiles)),
                            ("multiply_adds", .integer(row.multiplyAdds)),
                            ("products", .integer(row.products)),
                            ("bytes_read", .integer(row.bytesRead)),
                            ("weight_bytes", .integer(row.weightBytes)),
                            ("bytes_written", .integer(row.bytesWritten)),
                            ("buffer", .optional(row.buffer)),
                            ("arena_offset", .optional(row.arenaOffset)),
                            ("reason", .optional(row.reason)),
                            ("follower", .optional(row.follower)),
                            ("follower_kind", .optional(row.followerKind)),
                        ])
                    })
            ),
            (
                "buffers",
                .array(
                    plan.buffers.map { buffer in
                        .object([
                            ("offset", .integer(buffer.offset)),
                            ("bytes", .integer(buffer.bytes)),
                            ("first_stage", .integer(buffer.firstStage)),
                            ("last_stage", .integer(buffer.lastStage)),
                        ])
                    })
            ),
        ]).text() + "\n"
    }

    /// Schema `unet1d-profiles/1`.
    public func text(_ entries: [ProfileLibrary.Entry]) -> String {
        JSONText.object([
            ("schema", .string("unet1d-profiles/1")),
            ("default", .string(ProfileLibrary.defaultName)),
            ("profiles", .array(entries.map(entry))),
        ]).text() + "\n"
    }

    private func entry(_ entry: ProfileLibrary.Entry) -> JSONText {
        var members: [(key: String, value: JSONText)] = [
            ("name", .string(entry.name)), ("file", .optional(entry.file)),
        ]
        switch entry.profile {
        case .success(let profile):
            members += [
                ("description", .string(profile.description)), ("batch", .integer(profile.batch)),
                ("length", .integer(profile.length)),
            ]
        case .failure(let error): members.append(("error", .string("\(error)")))
        }
        return .object(members)
    }
}
