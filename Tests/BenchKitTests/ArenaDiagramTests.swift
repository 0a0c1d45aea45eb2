import Foundation
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

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
        let reader = Reader()
        let parser = XMLParser(data: Data(ArenaDrawing.svg(plan).utf8))
        parser.delegate = reader
        #expect(parser.parse())
        let buffers = reader.rectangles.filter { $0["stroke"] == "white" }
        #expect(buffers.count == 2)
        #expect(buffers[1]["x"] == "256" && buffers[1]["width"] == "160")
        #expect(buffers[1]["y"] == "56" && buffers[1]["height"] == "240")
        #expect(reader.text.contains("a<b & \"c\""))
        #expect(reader.text.contains("sample: 65536 bytes at 64, stages 0 to 1"))
    }

    private final class Reader: NSObject, XMLParserDelegate {
        var rectangles: [[String: String]] = []
        var text = ""

        func parser(
            _: XMLParser, didStartElement element: String, namespaceURI _: String?, qualifiedName _: String?,
            attributes: [String: String]
        ) {
            if element == "rect" { rectangles.append(attributes) }
        }

        func parser(_: XMLParser, foundCharacters characters: String) { text += characters }
    }

    @Test func anEmptyArenaHasNone() { #expect(ArenaDiagram.text([], bytes: 0, stages: 0, indent: "").isEmpty) }
}
