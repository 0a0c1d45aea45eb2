import Testing

@testable import BenchKit

@Suite struct ArenaDiagramTests {
    @Test func buffersAreWhereAndWhenTheyLive() {
        let text = ArenaDiagram.text(
            [
                .init(offset: 0, bytes: 64, firstStage: 0, lastStage: 1),
                .init(offset: 64, bytes: 32, firstStage: 1, lastStage: 3),
            ], bytes: 128, stages: 4, indent: "")
        #expect(text == "│ ▒▒▒│ 128 B\n│██  │ 64 B\n└────┘ stages 0 to 3, offsets upwards\n")
    }

    /// Well-formed, with a rectangle for each buffer, where it lies.
    @Test func theDrawingHasEveryBuffer() throws {
        var plan = FixedReports.plan
        plan.workload.profile = "a<b & \"c\""
        plan.buffers.append(.init(offset: 150_016, bytes: 150_016, firstStage: 1, lastStage: 1))
        plan.buffers.append(.init(offset: 0, bytes: 0, firstStage: 0, lastStage: 0))
        let drawing = try #require(XMLOutline(ArenaFigure.svg(plan)))
        let buffers = drawing.all("rect").filter { $0.path.last == "g" && $0.path.count == 3 }.map(\.attributes)
        #expect(buffers.count == 2)
        #expect(buffers[1]["x"] == "50%" && buffers[1]["width"] == "50%")
        #expect(buffers[1]["y"] == "0" && buffers[1]["height"] == "160")
        #expect(drawing.elements[0].text.contains("a<b & \"c\""))
        #expect(drawing.elements[0].text.contains("sample, gather, 64.0 KiB at 64 B, stages 0–1"))
    }

    @Test func anEmptyArenaHasNone() { #expect(ArenaDiagram.text([], bytes: 0, stages: 0, indent: "").isEmpty) }
}
