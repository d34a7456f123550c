-- Each request is another person who books the next slot. Told by the environment: LOAD_SCRIPTS, LOAD_RUN (a word of
-- this run), LOAD_FIRST (number of the first person), LOAD_SLOTS (how many slots), LOAD_PATHWAY, LOAD_THREADS.
local made = 0

function setup(thread)
  thread:set("number", made)
  made = made + 1
end

function init(args)
  threads = tonumber(os.getenv("LOAD_THREADS"))
  run, pathway = os.getenv("LOAD_RUN"), os.getenv("LOAD_PATHWAY")
  first, slots = tonumber(os.getenv("LOAD_FIRST")), tonumber(os.getenv("LOAD_SLOTS"))
  turn = 0
end

local body = '{"slot": "load.%s.%d", "pathway": "%s", "language": "es", "channels": ["email", "sms"], "person": ' ..
  '{"name": "Ana %s %d", "birth_date": "1990-05-01", "phone": "+5025%07d", "email": "ana.%s.%d@example.test"}}'

function request()
  local n = turn * threads + number
  turn = turn + 1
  local person = first + n
  local headers = {
    ["Content-Type"] = "application/json",
    ["Idempotency-Key"] = string.format("load-%s-%d-%d", run, person, 100000 + n),
  }
  return wrk.format("POST", nil, headers, string.format(
    body, run, n % slots, pathway, run, person, person, run, person))
end

function done(summary, latency)
  dofile(os.getenv("LOAD_SCRIPTS") .. "/report.lua")
  report(summary, latency)
end
