// Package spell finds what somebody meant by a name that does not exist: a key of a scenario, a metric, a setting.
package spell
