package discordtwin

// planned is a fault that is due: for the next left calls, or with a probability.
type planned struct {
	op     string
	left   int
	chance float64
	fault  Fault
}

// Fault befalls the next n calls of the operation; "" is any. The faults of one
// operation come in the order they were planned in.
func (tw *Twin) Fault(op string, n int, f Fault) {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	tw.faults = append(tw.faults, &planned{op: op, left: n, fault: f})
}

// Sometimes has the fault befall each call of the operation with a probability,
// after those that Fault planned.
func (tw *Twin) Sometimes(op string, chance float64, f Fault) {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	tw.faults = append(tw.faults, &planned{op: op, chance: chance, fault: f})
}

// NoFaults ends all of Fault and Sometimes.
func (tw *Twin) NoFaults() {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	tw.faults = nil
}

// pick is the fault of this call, or nil.
func (tw *Twin) pick(op string) *Fault {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	for _, p := range tw.faults {
		if p.left > 0 && p.befalls(op) {
			p.left--
			return &p.fault
		}
	}
	for _, p := range tw.faults {
		if p.chance > 0 && p.befalls(op) && tw.random.Float64() < p.chance {
			return &p.fault
		}
	}
	return nil
}

func (p *planned) befalls(op string) bool { return p.op == op || p.op == "" }

func (f *Fault) name() string {
	if f == nil {
		return ""
	}
	return f.Name
}
