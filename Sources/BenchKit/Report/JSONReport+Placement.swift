import Memory
import UNet1D

extension JSONReport {
    /// What was requested from the system and what was granted. Refusals are error numbers, 0 for none.
    func placement(_ placement: PlacementReport) -> JSONText {
        .object([
            (
                "affinity",
                .object([
                    ("cpus", .array(placement.allowedCPUs.map { .integer($0) })),
                    ("quota", .optional(placement.quota)),
                    ("usable_cores", .integer(placement.usableCores)),
                ])
            ),
            (
                "pinning",
                .object([
                    ("asked", .array(placement.cpusRequested.map { .optional($0) })),
                    ("obtained", .array(placement.cpusGranted.map { .optional($0) })),
                    ("refusal", .integer(Int(placement.pinningRefusal))),
                ])
            ),
            ("huge_pages", requested(placement.hugePages)),
            ("huge_page_bytes", .optional(placement.hugePageBytes)),
            ("mlock", requested(placement.lock)),
            (
                "numa",
                .object([
                    ("asked", .string(placement.numaRequested.rawValue)),
                    ("obtained", .string(placement.numa.rawValue)),
                    ("nodes", .array(placement.nodes.map { .integer($0) })),
                    ("weight_copies", .integer(placement.weightCopies)),
                    ("memory", outcome(placement.memory)),
                    ("weights", outcome(placement.weights)),
                ])
            ),
        ])
    }

    private func requested(_ request: PlacementReport.Request) -> JSONText {
        .object([
            ("asked", .bool(request.requested)), ("obtained", .bool(request.granted)),
            ("refusal", .integer(Int(request.refusal))),
        ])
    }

    private func outcome(_ outcome: NodeOutcome) -> JSONText {
        .object([
            ("pages_asked", .integer(outcome.pagesRequested)),
            ("pages_obtained", .optional(outcome.pagesGranted)),
            ("refusal", .integer(Int(outcome.refusal))),
            ("query_refusal", .integer(Int(outcome.queryRefusal))),
            (
                "pages_by_node",
                .object(outcome.pagesByNode.sorted { $0.key < $1.key }.map { ("\($0.key)", .integer($0.value)) })
            ),
        ])
    }
}
