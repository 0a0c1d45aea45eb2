@testable import BenchKit
import Testing

@Suite struct ArenaDiagramTests {
    @Test func buffersAreWhereAndWhenTheyLive() {
        let text = ArenaDiagram.text(
            [
                .init(offset: 0, bytes: 64, firstStage: 0, lastStage: 1),
                .init(offset: 64, bytes: 32, firstStage: 1, lastStage: 3),
            ], bytes: 128, stages: 4, indent: "")
        #expect(text == "│ ▒▒▒│ 128 B\n│██  │ 64 B\n└────┘ stages 0 to 3, offsets upwards\n")
    }

    @Test func anEmptyArenaHasNone() { #expect(ArenaDiagram.text([], bytes: 0, stages: 0, indent: "").isEmpty) }
}
