-- wrk script that sends the requests of a file, with lines "METHOD PATH TOKEN BODY". It begins at a random line and repeats.
-- If each request may be sent only once (SHARES > 0), each thread sends its share, and running out of requests counts as a
-- failure. Lines that begin with "+" belong to the same share as the line before.
local lines = {}
local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init()
  local shares, count = tonumber(os.getenv("SHARES")), 0
  for line in io.lines(os.getenv("REQUESTS")) do
    if line:sub(1, 1) == "+" then line = line:sub(2) else count = count + 1 end
    if shares == 0 or count % shares == number % shares then
      local method, path, token, body = line:match("^(%S+) (%S+) (%S+) ?(.*)$")
      local headers = { Authorization = "Bearer " .. token, ["Content-Type"] = "application/json" }
      lines[#lines + 1] = wrk.format(method, path, headers, body ~= "" and body or nil)
    end
  end
  math.randomseed(os.time() + number)
  once = shares > 0
  at = once and 0 or math.random(#lines)
  ran_out = wrk.format("GET", "/ran-out")
end

function request()
  -- wrk calls this once more in the first thread, for a request that it does not send.
  if number == 1 and not asked then
    asked = true
    return lines[1]
  end
  if once and at == #lines then return ran_out end
  at = at % #lines + 1
  return lines[at]
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("RESULT %f %d %d %d %d\n", summary.requests / summary.duration * 1e6,
    latency:percentile(50), latency:percentile(99), failed, summary.requests))
end
