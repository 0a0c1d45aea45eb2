import UNet1D

extension TextReport {
    /// Head, a line for each operation, the arena over time.
    func text(_ report: PlanReport) -> String {
        let plan = report.plan
        var text = """
            plan        \(plan.id), \(report.workload.profile ?? report.workload.model ?? "")
            model       \(Figures.count(Double(report.workload.parameters))) parameters, \(report.workload.checkpoint ?? "random weights")
            shapes      sample \(Figures.shape(plan.sampleShape)), \(Figures.counted(plan.timesteps, "timestep")), output \(Figures.shape(plan.outputShape))\(length(report.workload))
            run         \(Figures.counted(plan.threads, "worker")), \(plan.isa), \(plan.precision), \
            \(plan.accuracy), machine profile \(plan.machine)
            rounding    \(rounding(plan))
            weights     \(Figures.bytes(plan.weightsBytes)) packed (\(plan.weightsBytes) bytes)
            arena       \(Figures.bytes(plan.arenaBytes)) (\(plan.arenaBytes) bytes), lower bound \
            \(plan.arenaLowerBoundBytes) bytes, \(Figures.counted(report.buffers.count, "buffer"))
            scratch     \(Figures.bytes(plan.scratchBytesPerWorker)) a worker, \
            \(Figures.bytes(plan.scratchBytes)) in all
            nodes       \(nodes(report))
            work        \(Figures.counted(report.operations.count, "operation")) in \(Figures.counted(plan.stages, "stage")), \
            \(Figures.count(Double(plan.multiplyAdds))) multiply-adds in direct form, \
            \(Figures.count(Double(plan.products))) products as chosen\(once(plan))
            \(gradient(plan.gradient))

            """
        var table = Table([
            ("stage", .right), ("kind", .left), ("input", .left), ("output", .left), ("tiles", .right),
            ("multiply-adds", .right), ("products", .right), ("read", .right), ("written", .right), ("offset", .right),
            ("operation", .left),
            ("followed by", .left), ("reason", .left),
        ])
        for row in report.operations {
            table.add([
                "\(row.stage)", row.kind, Figures.shape(row.inputShape), Figures.shape(row.shape), "\(row.tiles)",
                row.multiplyAdds > 0 ? Figures.count(Double(row.multiplyAdds)) : "–",
                row.products > 0 ? Figures.count(Double(row.products)) : "–", Figures.bytes(row.bytesRead),
                Figures.bytes(row.bytesWritten), row.arenaOffset.map { "\($0)" } ?? "output", row.name,
                row.epilogue.map { "\(row.epilogueKind ?? "") \($0)" } ?? "", row.reason ?? "",
            ])
        }
        text += table.text(indent: "") + "\narena\n"
        text += ArenaDiagram.text(report.buffers, bytes: plan.arenaBytes, stages: plan.stages, indent: "  ")
        return text + notes(report.workload.notes)
    }

    /// What a denoising loop need not compute at every step.
    private func once(_ plan: PlanSummary) -> String {
        let parts = [("an observation", plan.observation), ("a timestep of a schedule", plan.timestep)]
            .compactMap { name, once in
                once.map {
                    "once \(name): \(Figures.bytes($0.weightsBytes)) of weights and \(Figures.count(Double($0.multiplyAdds))) "
                        + "multiply-adds"
                }
            }
        return parts.isEmpty ? "" : "\nloop        \(parts.joined(separator: "; "))"
    }

    /// What the forward keeps for a gradient, and what that computes again.
    private func gradient(_ gradient: PlanSummary.Gradient?) -> String {
        guard let gradient else { return "" }
        func list(_ parts: [Plan.GradientPart]) -> String {
            let bytes = parts.reduce(0) { $0 + $1.bytes }
            let lines = parts.map { "\n              \(Figures.bytes($0.bytes)) \($0.name)" }
            return "\(Figures.bytes(bytes)) of \(Figures.counted(parts.count, "value"))" + lines.joined()
        }
        return """
            gradient    from operation \(gradient.firstOperation) on
              kept from the forward: \(list(gradient.kept))
              computed again, not kept: \(list(gradient.recomputed))

            """
    }

    /// Predicted error and budget, and what was done for it.
    private func rounding(_ plan: PlanSummary) -> String {
        let rounding = plan.rounding
        let isWhole = plan.precision == Precision.f32.rawValue
        let error =
            "\(Figures.fixed(rounding.error, 1)) times PyTorch's error is predicted for convolutions of width 5"
            + (isWhole ? "" : " by the rounding of float32 alone")
        let direct = "direct form \(Figures.fixed(rounding.direct, 1))"
        guard let budget = rounding.budget else { return error }
        return error
            + ", budget \(Figures.fixed(budget, 1)), \(direct), fastest forms \(Figures.fixed(rounding.fastest, 1)); "
            + "\(rounding.lowered) of \(rounding.convolutions) take a more accurate form"
    }

    /// The machine's nodes, the policy, and what is local under each.
    private func nodes(_ report: PlanReport) -> String {
        let locality = report.locality
        let head = "\(Figures.counted(locality.nodes.count, "memory node")), policy \(report.numa); "
        guard !locality.shares.isEmpty else {
            return head + "more workers than CPUs: nobody is bound, and nobody knows what is local"
        }
        let shares = locality.shares.map { "\($0.policy) \(Figures.fixed(100 * $0.local, 1)) %" }
        return head + "local of \(Figures.bytes(Int(locality.bytes))) a forward: " + shares.joined(separator: ", ")
    }

    /// A line for each profile.
    func text(_ profiles: ProfileList) -> String { profiles.table.text(indent: "") }
}
