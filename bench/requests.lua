-- wrk: the requests of a file, each line "METHOD PATH TOKEN BODY", one after the other from a place at random.
local lines = {}
local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init()
  for line in io.lines(os.getenv("REQUESTS")) do
    local method, path, token, body = line:match("^(%S+) (%S+) (%S+) ?(.*)$")
    local headers = { Authorization = "Bearer " .. token, ["Content-Type"] = "application/json" }
    lines[#lines + 1] = wrk.format(method, path, headers, body ~= "" and body or nil)
  end
  math.randomseed(os.time() + number)
  at = math.random(#lines)
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
