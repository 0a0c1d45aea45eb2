import Arena
import UNet1D

extension PlacementReport: ReportRecord {
    /// What was requested from the system and what was granted. Refusals are error numbers, 0 for none.
    public static var fields: [Field<PlacementReport>] {
        [
            Field(
                "affinity",
                [
                    Field("cpus", \.allowedCPUs), Field("quota", \.quota), Field("usable_cores", \.usableCores),
                ]),
            Field(
                "pinning",
                [
                    Field("asked", \.cpusAsked), Field("obtained", \.cpusObtained),
                    Field("refusal", \.pinningRefusal),
                ]),
            Field("huge_pages", \.hugePages), Field("huge_page_bytes", .bytes, \.hugePageBytes),
            Field("mlock", \.lock),
            Field(
                "numa",
                [
                    Field("asked", \.numaAsked.rawValue), Field("obtained", \.numa.rawValue), Field("nodes", \.nodes),
                    Field("weight_copies", \.weightCopies), Field("memory", \.memory), Field("weights", \.weights),
                ]),
        ]
    }
}

extension PlacementReport.Wish: ReportRecord {
    /// A request and its outcome.
    public static var fields: [Field<Self>] {
        [Field("asked", \.asked), Field("obtained", \.obtained), Field("refusal", \.refusal)]
    }
}

extension NodeOutcome: ReportRecord {
    /// Where pages were requested and where they lie.
    public static var fields: [Field<Self>] {
        [
            Field("pages_asked", \.pagesAsked), Field("pages_obtained", \.pagesObtained), Field("refusal", \.refusal),
            Field("query_refusal", \.queryRefusal),
            Field("pages_by_node") { outcome in
                FieldValue.object(
                    outcome.pagesByNode.sorted { $0.key < $1.key }.map { ("\($0.key)", $0.value.fieldValue) })
            },
        ]
    }
}
