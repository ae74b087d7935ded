-- wrk script for whole exams. Each thread has one connection and its share of the lines "PREFIX TOKEN CODE". For each line,
-- it begins an attempt, responds to each slot with the first answer, submits, and reads the report, one after the other.
local learners = {}
local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init()
  local shares, count = tonumber(os.getenv("SHARES")), 0
  for line in io.lines(os.getenv("REQUESTS")) do
    count = count + 1
    if count % shares == number % shares then learners[#learners + 1] = line end
  end
  at, todo = 0, {}
end

function request()
  if #todo == 0 then
    at = at % #learners + 1
    local code
    prefix, token, code = learners[at]:match("^(%S+) (%S+) (%S+)$")
    if prefix == "-" then prefix = "" end
    headers = { Authorization = "Bearer " .. token, ["Content-Type"] = "application/json" }
    beginning = true
    return wrk.format("POST", prefix .. "/attempts", headers, '{"exam": "' .. code .. '", "mode": "exam"}')
  end
  return table.remove(todo)
end

function response(status, _, body)
  if not beginning or status ~= 201 then return end
  beginning = false
  local path = prefix .. "/attempts/" .. body:match('"id":"([^"]+)"')
  todo = { wrk.format("GET", path .. "/report", headers), wrk.format("POST", path .. "/submit", headers) }
  for position, answer in body:gmatch('"position":(%d+).-"answers":%[{"id":"([^"]+)"') do
    local given = '{"response": ["' .. answer .. '"], "seconds_spent": 30}'
    todo[#todo + 1] = wrk.format("PUT", path .. "/slots/" .. position, headers, given)
  end
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("RESULT %f %d %d %d %d\n", summary.requests / summary.duration * 1e6,
    latency:percentile(50), latency:percentile(99), failed, summary.requests))
end
