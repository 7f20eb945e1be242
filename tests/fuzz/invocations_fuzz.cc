// links: serving
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "serving/http_connection.h"
#include "serving/http_server.h"
#include "serving/reply_body.h"
#include "serving/request_rows.h"

namespace {

using namespace sagebrush::serving;

// Reads the rows of every request, whatever their format, and writes them back as predictions.
class RowsHandler : public RequestHandler {
 public:
  void Handle(const Request& request, Reply& reply) override {
    for (int format = 0; format < 5; ++format) {
      try {
        sagebrush::algorithms::Features rows;
        ReadRows(static_cast<RowFormat>(format), request.body, rows);
        AppendPredictions(static_cast<ReplyFormat>(format % 4), {rows.values, 1, static_cast<CsvLayout>(format % 3)},
                          reply.body);
      } catch (const RequestError&) {
      }
    }
  }
};

}  // namespace

// The first byte cuts the rest into pieces: a connection's bytes, as they may arrive.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  RowsHandler handler;
  HttpConnection connection(handler, 100'000);
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = 1 + data[0];
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    connection.Receive(bytes.substr(0, piece));
    connection.Sent(connection.output().size());
  }
  Reply reply;
  handler.Handle({.body = {reinterpret_cast<const char*>(data), size}}, reply);
  return 0;
}
