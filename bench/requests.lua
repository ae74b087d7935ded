-- wrk: the requests of a file, each line "METHOD PATH TOKEN BODY", one after the other from a place at random; or, where
-- each is to be sent once, each thread its share of them.
local lines = {}
local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init()
  local shares, count = tonumber(os.getenv("SHARES")), 0
  for line in io.lines(os.getenv("REQUESTS")) do
    count = count + 1
    if shares > 0 and count % shares ~= number % shares then goto continue end
    local method, path, token, body = line:match("^(%S+) (%S+) (%S+) ?(.*)$")
    local headers = { Authorization = "Bearer " .. token, ["Content-Type"] = "application/json" }
    lines[#lines + 1] = wrk.format(method, path, headers, body ~= "" and body or nil)
    ::continue::
  end
  math.randomseed(os.time() + number)
  at = shares > 0 and 0 or math.random(#lines)
end

function request()
  at = at % #lines + 1
  return lines[at]
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("RESULT %f %d %d %d\n", summary.requests / summary.duration * 1e6,
    latency:percentile(50), latency:percentile(99), failed))
end
