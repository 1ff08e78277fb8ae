"""A receiver of the OpenTelemetry protocol over HTTP. Says its port, and then each request as the protocol's own messages have it.

It takes JSON, which differs in one thing from the JSON of its messages: ids are hexadecimal, not base64.
"""

import base64
import http.server
import json

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse

LENGTHS = {"traceId": 16, "spanId": 8, "parentSpanId": 8}


def with_bytes(value):
    """Ids as their messages have them; one of another length is refused."""
    if isinstance(value, list):
        return [with_bytes(one) for one in value]
    if not isinstance(value, dict):
        return value
    read = {key: with_bytes(one) for key, one in value.items()}
    for key in LENGTHS.keys() & read.keys():
        text = bytes.fromhex(read[key])
        if len(text) != LENGTHS[key] or not any(text):
            raise ValueError(f"{key} {read[key]}")
        read[key] = base64.b64encode(text).decode()
    return read


def spans(request):
    for resource in request.resource_spans:
        service = {one.key: one.value.string_value for one in resource.resource.attributes}["service.name"]
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield {
                    "service": service,
                    "name": span.name,
                    "trace": span.trace_id.hex(),
                    "id": span.span_id.hex(),
                    "parent": span.parent_span_id.hex(),
                    "begin": span.start_time_unix_nano,
                    "end": span.end_time_unix_nano,
                    "failed": span.status.code == span.status.STATUS_CODE_ERROR,
                    "attributes": {one.key: one.value.string_value or one.value.int_value for one in span.attributes},
                }


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            assert self.path == "/v1/traces" and self.headers["content-type"] == "application/json", self.path
            request = json_format.ParseDict(with_bytes(json.loads(body)), ExportTraceServiceRequest())
            status, told = 200, {"spans": list(spans(request))}
        except Exception as error:
            status, told = 400, {"error": repr(error)}
        answer = json_format.MessageToJson(ExportTraceServiceResponse()).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        print(json.dumps(told), flush=True)

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
print(server.server_port, flush=True)
server.serve_forever()
