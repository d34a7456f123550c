-- The same GET over and over.
function done(summary, latency)
  dofile(os.getenv("LOAD_SCRIPTS") .. "/report.lua")
  report(summary, latency)
end
